// Package energy is the part for power: what the components take, the budget, and the governors that keep to it.
package energy
