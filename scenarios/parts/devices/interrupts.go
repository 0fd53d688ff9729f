package devices

import (
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// interrupts is the drivers that cards interrupt.
type interrupts struct{ run *trial.Simulation }

func NewInterrupts(run *trial.Simulation) trial.Part { return &interrupts{run} }

// interruptCount is how many interrupts cards sent in the measured window.
type interruptCount int64

func (i *interrupts) Measure() trial.Measurement {
	if n, any := i.run.Rack.Interrupts(); any {
		return interruptCount(n)
	}
	return nil
}

func (n interruptCount) Metrics(m map[string]float64, r *trial.RowData) {
	m["host.interrupts_per_second"] = float64(n) / r.Window.Seconds()
}
