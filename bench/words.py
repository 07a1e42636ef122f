"""Words for a ledger of any size: a few are met all the time, most hardly ever.

The demo's texts have a small vocabulary, so that a million of them would know common words only.
The bench adds names of places and firms, put together from syllables and drawn as words are in
any language: the second half as often as the first, the third a third as often. Some belong to
a span of time, as the name of a building site does, and are found in old leads alone.
"""

from __future__ import annotations

from random import Random

SYLLABLES = (
    "山水石桥塘坝沟湾坡岭岗坪坑坳溪泉井渠堰库河江湖滩洲岸港渡口堤田园林场圃果茶竹松柏桐槐柳榆枫桂梅"
    "兰菊荷莲桃杏橘枣栗麦稻粟棉麻桑蚕牧渔盐铁铜金银玉瓷陶砖瓦窑炉矿煤油气电灯光星月日云霞露霜雪风"
    "雷雨晴春夏秋冬东南西北中上下前后左右内外新旧老古大小长短高低宽平方圆红黄蓝绿青紫白黑丰盛兴旺"
    "隆昌荣华富泰安宁和顺祥瑞福禄寿喜康乐永恒久远通达广源诚信义德仁正直公共联合众利民生发展建设"
    "路街巷道弄里坊店铺市集商贸行栈厂房楼阁亭台馆院所站点区段片组队社村寨庄屯堡营关塔庙祠"
)
COUNT = 60_000
#: How many spans of time the ledger falls into, and how many words each has for itself.
ERAS, ERA_WORDS = 40, 150


def vocabulary(seed: int = 1) -> list[str]:
    """The same distinct words for the same seed, common ones first, of two to four syllables.

    The first `COUNT` belong to all times; then follow `ERA_WORDS` for each of `ERAS`.
    """
    rng = Random(f"{seed}:words")  # noqa: S311  repeatable, not secret
    words: dict[str, None] = {}
    while len(words) < COUNT + ERAS * ERA_WORDS:
        size = rng.choice((2, 2, 3, 4))
        # Low syllables more often than high ones, so that pairs recur in different words.
        places = [int(len(SYLLABLES) * rng.random() ** 1.5) for _ in range(size)]
        words["".join(SYLLABLES[place] for place in places)] = None
    return list(words)
