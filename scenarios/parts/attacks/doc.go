// Package attacks is the part for attacks from VMs, servers and the network, and for what their victims see.
package attacks
