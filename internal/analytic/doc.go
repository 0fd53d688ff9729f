// Package analytic has closed forms of what a run should measure: line rate, waiting times of standard queues, and the
// sizes of tunnelled frames. They are the yardstick of the simulator's tests and the arithmetic of dsnsim explain, so
// they share no code with the models. Floats are allowed here, for nothing of it enters a run.
package analytic
