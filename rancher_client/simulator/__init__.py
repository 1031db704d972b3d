"""A simulated Rancher 1.6: `engine` holds the rules, `server` speaks HTTP."""
