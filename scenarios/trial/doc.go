// Package trial is one placement in one replication: it lays out the rack and the sources of traffic, runs the engine, checks what must
// hold in every run, and counts. It knows features only as parts (Part), which add to it and measure.
package trial
