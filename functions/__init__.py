"""The Lambda functions, one file each: parse, call the core, log and measure."""
