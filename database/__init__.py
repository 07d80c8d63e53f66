"""Where everything is kept: the engine, the base class of all tables, the migrations."""
