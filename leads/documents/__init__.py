"""Official papers that go with an assignment: 移交函 to police and discipline, 交办单 to others."""
