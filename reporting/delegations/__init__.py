"""委托签发: somebody of a unit signs its weekly reports while its leader is away."""
