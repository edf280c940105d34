"""JBoss EAP 7 and WildFly, messaging: management over HTTP, and a simulated world of EAP instances."""
