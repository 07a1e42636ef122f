"""Pages of the leads: parse, ask who may, call one service, answer."""
