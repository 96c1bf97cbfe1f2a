// The record of a run, its schema, its verdict and its table; imports no engine code, so a result can be read years later.
