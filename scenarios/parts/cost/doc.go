// Package cost is the part for prices: what a placement is made of and what its energy costs.
package cost
