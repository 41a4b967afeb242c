"""The work outside: proof of arrival, times of devices without network, photographs and signatures."""
