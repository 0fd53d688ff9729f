// Package input is what is read and worked out once for all simulations of a scenario: captures with what a chip would read of their
// packets, rules and routes with their verdicts, sizes under tunnels, and the services that keep state. It simulates nothing.
package input
