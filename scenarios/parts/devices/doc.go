// Package devices is the part for what cards do beside packets: interrupts, and handshakes for keys.
package devices
