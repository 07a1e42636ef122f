"""What the demo's leads are about: invented conduct, nobody's name, put together from pieces.

The weights differ widely on purpose: some words are met all the time, some hardly ever, as in a
real ledger, so that searching and filtering can be tried on both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One kind of story: a title with the act that it sums up, where it was, and what came of it.

    In a title `{place}` is the village, or “本镇” where none is known. Elsewhere `{fee}` is what is
    taken each time, `{amount}` a larger sum, `{count}` a small number.
    """

    weight: int
    domain: str
    conduct: str
    stories: tuple[tuple[str, str], ...]
    spots: tuple[str, ...]
    harms: tuple[str, ...]


SCENARIOS = (
    Scenario(
        weight=180,
        domain="market",
        conduct="extortion",
        stories=(
            ("{place}集市有人强行收取摊位费", "向摊贩收取所谓“管理费”，每摊每次{fee}元，不开票据"),
            ("{place}商户被索要保护费", "以“看场子”为名每月向商户收取保护费{amount}元"),
            ("{place}有人欺行霸市", "强行要求商户从其手中进货，不进货就堵门"),
            ("{place}有人欺行霸市", "霸占好摊位后高价转租，每月另收取{amount}元"),
            ("{place}有人欺行霸市", "低价强买农户的蔬菜，再加价卖给摊主"),
        ),
        spots=("集市东头", "菜市场门口", "夜市摊区", "水果批发点", "早市路口"),
        harms=(
            "不交钱的摊位被掀翻",
            "有商户被迫收摊回家",
            "摊主敢怒不敢言",
            "已有{count}户商户不敢出摊",
        ),
    ),
    Scenario(
        weight=120,
        domain="construction",
        conduct="contracts",
        stories=(
            ("{place}有人强揽工程", "以断路、堵门的方式强揽工程，要求土方全部交给其施工"),
            ("{place}工地砂石料被垄断供应", "强迫施工方购买其砂石，价格每方高出{fee}元"),
            ("{place}工程招标涉嫌串通", "邀约多家企业围标，中标后转包收取好处费"),
            ("{place}有人强揽工程", "纠集人员到工地闹事，索要“地材费”{amount}元"),
        ),
        spots=("安置房工地", "村道硬化路段", "小学扩建工地", "饮水工程现场", "仓库建设工地"),
        harms=("工程停工{count}天", "施工方被迫退场", "工程造价明显抬高", "工人不敢进场"),
    ),
    Scenario(
        weight=110,
        domain="lending",
        conduct="lending",
        stories=(
            (
                "{place}有人非法放贷并上门逼债",
                "向村民高息放贷，借{amount}元先扣“砍头息”，逾期后上门滋扰",
            ),
            ("{place}发生暴力讨债", "暴力讨债，在借款人家门口喷字、堵锁眼"),
            ("{place}有人高息放贷", "以放贷为名收取高额服务费，并扣押借款人证件"),
            ("{place}发生暴力讨债", "多次带人到借款人单位门口举牌要账"),
        ),
        spots=("茶楼内", "村口小店", "物流园内", "住户家门外", "街边门面"),
        harms=("借款人全家搬离", "借款人被迫变卖车辆", "老人受到惊吓", "利滚利后已还数倍本金"),
    ),
    Scenario(
        weight=80,
        domain="land",
        conduct="land-unrest",
        stories=(
            ("{place}征地中有人挑头阻挠", "组织人员阻拦丈量，要求先付“协调费”{amount}元"),
            ("{place}拆迁补偿中有人勒索", "抢建抢种后索要高额补偿，并威胁其他农户不得签字"),
            ("{place}有人强占集体土地", "强占集体土地搭建棚房对外出租"),
            ("{place}有人强占集体土地", "私自圈占荒坡，驱赶原承包户"),
        ),
        spots=("征地红线内", "拆迁安置点", "村集体林地", "公路扩建段", "老粮站地块"),
        harms=("征地工作停滞", "有农户的苗木被毁", "邻近农户不敢签协议", "集体收益受损"),
    ),
    Scenario(
        weight=70,
        domain="public-order",
        conduct="vice",
        stories=(
            ("{place}有人聚众赌博抽头", "组织多人赌博并抽头渔利，每场抽取{amount}元"),
            ("{place}有人开设赌场", "设赌后当场放款，输钱者须当日还清"),
            ("{place}棋牌室涉赌", "以棋牌室为掩护设置赌博机，安排人员望风"),
            ("{place}有人聚众赌博抽头", "流动设赌，用车接送参赌人员"),
        ),
        spots=("山边空屋", "棋牌室", "废弃厂房", "果林棚屋", "出租屋内"),
        harms=("有人输光积蓄", "附近居民夜间不得安宁", "多次引发打架", "有家庭因此破裂"),
    ),
    Scenario(
        weight=60,
        domain="public-order",
        conduct="enforcers",
        stories=(
            ("{place}有人插手纠纷收取费用", "受雇出面“摆平”纠纷，事后收取{amount}元"),
            ("{place}有人受雇充当“地下执法队”", "纠集社会人员到店内静坐、摔砸，逼迫店主和解"),
            ("{place}有人插手邻里纠纷", "插手邻里宅基地纠纷，威胁一方退让"),
            ("{place}有人寻衅滋事", "拦停过往车辆，以剐蹭为由索要赔偿"),
        ),
        spots=("餐馆门前", "停车场", "村委会外", "加油站旁", "汽修店门口"),
        harms=("店铺停业{count}天", "当事人被迫签字", "有人受轻伤未敢报警", "周边经营受影响"),
    ),
    Scenario(
        weight=55,
        domain="grassroots",
        conduct="grassroots-power",
        stories=(
            ("{place}换届中有人拉票威胁", "换届前挨户送礼并威胁村民按其要求投票"),
            ("{place}集体资产被低价处置", "长期把持村务，集体资产出租不公开，低价租给亲属"),
            ("{place}有人把持村务", "阻挠村务公开，冲击会场，使表决无法进行"),
            ("{place}有人把持村务", "截留集体租金{amount}元，用途不明"),
        ),
        spots=("村民小组会上", "村集体鱼塘", "村办公楼", "集体山林", "村级活动室"),
        harms=("村民不敢提意见", "会议两次流会", "集体收入去向不清", "有村民小组拒绝参加表决"),
    ),
    Scenario(
        weight=45,
        domain="transport",
        conduct="contracts",
        stories=(
            ("{place}有人拦截货车强行收费", "拦截外来货车，每车收取{fee}元才放行"),
            ("{place}有人垄断短途运输", "禁止外来车辆拉货，只准用其安排的车辆"),
            ("{place}客货运输被人把持", "划定线路不准他人载客，跟车威胁司机"),
            ("{place}客货运输被人把持", "强迫货主使用其装卸人员并抬高费用"),
        ),
        spots=("客运站口", "进村岔路", "货运停车场", "渡口引道", "桥头路段"),
        harms=("司机绕行{count}公里", "货主运费上涨", "有车辆轮胎被扎", "村民出行不便"),
    ),
    Scenario(
        weight=40,
        domain="other",
        conduct="clan",
        stories=(
            ("{place}有人依仗家族势力欺压邻里", "依仗家族人多，强占公共晒场不准他人使用"),
            ("{place}有人霸占水源", "截断灌溉水渠，要求下游农户交钱才放水"),
            ("{place}有人横行乡里", "多次辱骂、殴打提出异议的村民"),
            ("{place}有人横行乡里", "强行在他人承包地上修路，不予补偿"),
        ),
        spots=("村中水井", "晒谷场", "祠堂旁空地", "灌溉渠首", "村道拐弯处"),
        harms=("下游稻田干裂", "有村民外出躲避", "邻里多年不敢作声", "农户损失约{amount}元"),
    ),
    Scenario(
        weight=30,
        domain="environment",
        conduct="contracts",
        stories=(
            ("{place}有人盗挖山土外卖", "夜间盗挖山土外卖，安排人员放哨"),
            ("{place}有人夜间倾倒固废", "收取费用后将工业固废倾倒在荒坡，每车{fee}元"),
            ("{place}有人非法开山取石", "无证开山取石，威胁劝阻的村民"),
            ("{place}有人非法开山取石", "私存爆炸物品用于采石"),
        ),
        spots=("后山采石坑", "废弃砖窑", "林场边缘", "公路边坡", "老矿坑"),
        harms=("山体裸露存在塌方危险", "水井出现异味", "村道被重车压坏", "粉尘影响{count}户居民"),
    ),
    Scenario(
        weight=26,
        domain="welfare",
        conduct="grassroots-power",
        stories=(
            ("{place}低保办理被索要好处", "以帮办低保为名收取{amount}元"),
            ("{place}低保评议中有人威胁", "威胁评议人员，要求将其亲属纳入低保"),
            ("{place}救助款被截留", "扣留他人存折，支取救助款后只给一部分"),
            ("{place}低保办理被索要好处", "要求救助对象请客送礼才予签字"),
        ),
        spots=("评议会现场", "村便民点", "申请人家中", "乡村卫生室旁", "村务公开栏前"),
        harms=("符合条件的家庭落选", "困难户不敢申请", "救助款少发{count}个月", "群众意见较大"),
    ),
    Scenario(
        weight=24,
        domain="farmland",
        conduct="clan",
        stories=(
            ("{place}林地权属纠纷中有人打砸", "权属未定时强行砍伐林木，并打砸对方农具"),
            ("{place}有人毁坏农作物", "夜间毁坏大棚和农作物，逼迫农户退租"),
            ("{place}有人强卖农资", "强迫农户购买其高价农资，不买不准用渠水"),
            ("{place}有人毁坏农作物", "明确权属后仍多次拔除苗木"),
        ),
        spots=("承包田块", "经济林地", "大棚基地", "水渠两侧", "茶园"),
        harms=("农户损失约{amount}元", "流转合同无法履行", "农时被耽误", "双方多次冲突"),
    ),
    Scenario(
        weight=20,
        domain="river",
        conduct="contracts",
        stories=(
            ("{place}河道内有人非法采砂", "夜间在河道内非法采砂，采砂船数条轮流作业"),
            ("{place}有人强占水库经营", "强占水库养殖，驱赶垂钓和取水村民"),
            ("{place}河段被人私占", "私自在河滩堆放砂料，每车收取{fee}元后放行"),
            ("{place}河段被人私占", "以护堤为名阻止他人运砂，迫使买砂者只从其处采购"),
        ),
        spots=("河道弯段", "水库尾水区", "老渡口下游", "河滩地", "拦河坝旁"),
        harms=("堤脚被掏空", "河水浑浊影响灌溉", "村民取水困难", "河岸坍塌{count}处"),
    ),
    Scenario(
        weight=18,
        domain="poverty",
        conduct="grassroots-power",
        stories=(
            ("{place}扶贫项目中有人吃拿卡要", "在项目验收时索要{amount}元“辛苦费”"),
            ("{place}扶贫物资被克扣", "克扣发放的鸡苗、化肥，再低价倒卖"),
            ("{place}扶贫车间被强占", "强占扶贫车间堆放私货，拒交租金"),
            ("{place}合作社订单被人强占", "逼迫合作社将订单交给其转手"),
        ),
        spots=("产业项目点", "扶贫车间", "物资发放点", "易地搬迁小区", "合作社"),
        harms=("项目迟迟不能验收", "脱贫户少领物资", "车间无法开工", "合作社亏损约{amount}元"),
    ),
    Scenario(
        weight=16,
        domain="labour",
        conduct="lending",
        stories=(
            ("{place}有人以讨薪为名敲诈企业", "冒用讨薪名义组织人员堵厂门，索要{amount}元"),
            ("{place}有人非法中介克扣工资", "非法中介扣留工人证件，按月克扣工资"),
            ("{place}有人强迫劳务", "强迫企业使用其介绍的劳务队"),
            ("{place}有人非法中介克扣工资", "威胁离职工人交“违约金”"),
        ),
        spots=("厂区门口", "劳务市场", "工人宿舍", "物流园", "工业小区"),
        harms=("企业停产{count}天", "工人拿不到工资", "用工成本抬高", "有工人连夜离开"),
    ),
    Scenario(
        weight=14,
        domain="funeral",
        conduct="extortion",
        stories=(
            ("{place}殡葬服务被人垄断", "不准他人承接抬棺、车辆业务，收费高出一倍"),
            ("{place}有人强卖丧葬用品", "强卖丧葬用品，不买就阻拦下葬，索要{amount}元"),
            ("{place}殡葬服务被人垄断", "守在医院外抢接业务，威胁同行"),
            ("{place}办丧事被强收费用", "私划公墓位置加价出售"),
        ),
        spots=("殡仪服务点", "公益性公墓", "镇卫生院外", "村灵堂旁", "花圈店"),
        harms=("家属被迫接受高价", "同行不敢接单", "下葬被拖延", "群众反映强烈"),
    ),
    Scenario(
        weight=12,
        domain="health",
        conduct="medical",
        stories=(
            ("{place}有人受雇医闹", "受雇聚集医闹，封堵诊室索要{amount}元"),
            ("{place}卫生室被人滋扰", "多次辱骂医务人员，摔砸诊疗设备"),
            ("{place}卫生室被人滋扰", "强行摆放花圈，阻止病人就诊"),
            ("{place}药店被强迫进货", "逼迫药店从其手中进货"),
        ),
        spots=("镇卫生院大厅", "村卫生室", "药店门口", "接种点", "住院部楼下"),
        harms=("门诊中断半天", "医务人员不敢上班", "病人转往外地", "设备损坏{count}台"),
    ),
    Scenario(
        weight=9,
        domain="public-facilities",
        conduct="extortion",
        stories=(
            ("{place}有人占道设摊收费", "占道设摊后向其他摊贩收取{amount}元"),
            ("{place}有人私划停车位", "私划停车位收费，不交钱就划车"),
            ("{place}公共设施被人毁坏", "故意毁坏护栏、路灯，逼迫沿街商户请其“看护”"),
            ("{place}公共设施被人毁坏", "砍毁绿化树木搭建棚屋"),
        ),
        spots=("学校门口", "人行道", "镇区主街", "文化广场", "公交站台"),
        harms=("学生上下学受阻", "路灯熄灭{count}盏", "商户不堪其扰", "交通拥堵"),
    ),
    Scenario(
        weight=8,
        domain="subsidy",
        conduct="grassroots-power",
        stories=(
            ("{place}“一卡通”被他人保管", "统一收走农户“一卡通”，补贴到账后扣下{amount}元"),
            ("{place}补贴面积虚报", "虚报种植面积套取补贴，威胁知情农户"),
            ("{place}惠农补贴被套取", "要求农户签空白表格，补贴去向不明"),
            ("{place}惠农补贴被套取", "以代办为名收取补贴的一半"),
        ),
        spots=("村会计室", "农户家中", "便民服务点", "信用社门口", "村民小组"),
        harms=("农户多年未见补贴", "账实不符", "群众反映多次无果", "涉及{count}户农户"),
    ),
    Scenario(
        weight=7,
        domain="village-finance",
        conduct="grassroots-power",
        stories=(
            ("{place}有人强行报销", "逼迫报账员报销白条{amount}元"),
            ("{place}集体资金被挪用", "私自出借集体资金收取利息"),
            ("{place}村集体账目不清", "变卖集体设备，款项未入账"),
            ("{place}村集体账目不清", "阻止清产核资人员查账"),
        ),
        spots=("村账代理点", "村委会", "集体仓库", "村办企业", "合作社办公室"),
        harms=("集体欠债", "账册缺页", "报账员辞职", "工程款无法支付"),
    ),
    Scenario(
        weight=5,
        domain="goods",
        conduct="other",
        stories=(
            ("{place}有人组织传销", "以高额返利为名组织传销，收取入会费{amount}元"),
            ("{place}有人制售假冒化肥", "制售假冒化肥，威胁退货农户"),
            ("{place}有人强销假酒", "强迫餐馆从其处进假酒，每箱{fee}元"),
            ("{place}有人组织传销", "限制参与者离开，没收手机"),
        ),
        spots=("出租民房", "农资店", "路边仓库", "酒席承办点", "小区地下室"),
        harms=("多名老人受骗", "作物减产", "餐馆被迫接受", "有人被困{count}天"),
    ),
    Scenario(
        weight=3,
        domain="network",
        conduct="network",
        stories=(
            ("{place}有人发帖要挟删帖费", "雇用水军集中差评，索要删帖费{amount}元"),
            ("{place}有人网上造谣索财", "编造视频要挟商户合作"),
            ("{place}有人网上造谣索财", "在群内散布谣言后上门谈“合作”"),
            ("{place}商户遭网络水军勒索", "恶意炒作纠纷，逼迫企业付费"),
        ),
        spots=("短视频平台", "本地论坛", "聊天群", "点评网站", "直播间"),
        harms=("店铺生意骤降", "商户被迫付款", "谣言扩散至周边", "企业订单取消"),
    ),
    Scenario(
        weight=1,
        domain="lending",
        conduct="trap-loan",
        stories=(
            (
                "{place}有人以套路贷侵占房产",
                "以套路贷手法虚增债务至{amount}元，诱骗签订房屋抵押合同",
            ),
            ("{place}有人虚增债务起诉", "制造银行流水后恶意认定违约，扣押车辆"),
        ),
        spots=("中介门店", "公寓内", "车行", "咨询公司"),
        harms=("当事人房产被过户", "当事人被多次起诉"),
    ),
)
