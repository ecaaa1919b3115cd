"""Who may do what: policies read, evaluated, and enforced on calls, deliveries and jobs."""
