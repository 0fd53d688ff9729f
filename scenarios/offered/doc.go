// Package offered says what sources of traffic offer without a simulation: packets like those that they send, and how many a second.
package offered
