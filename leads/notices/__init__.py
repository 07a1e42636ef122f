"""The public notice (举报公告) of a town or a unit, to be printed and put up."""
