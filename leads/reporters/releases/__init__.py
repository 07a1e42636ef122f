"""An identity released to one handler: asked for, decided by the director, for a set time."""
