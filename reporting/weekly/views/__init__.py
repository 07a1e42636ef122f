"""Pages of the weekly report: parse, ask who may, call one service, answer."""
