"""What `leeway doctor` looks at: this machine, the way to AWS, and the stack there. It changes nothing."""
