package run

// interrupts is the drivers that cards interrupt.
type interrupts struct{ job *job }

func newInterrupts(j *job) part { return &interrupts{j} }

// interruptCount is how many interrupts cards sent in the measured window.
type interruptCount int64

func (i *interrupts) measure() measurement {
	if n, any := i.job.rack.Interrupts(); any {
		return interruptCount(n)
	}
	return nil
}

func (n interruptCount) metrics(m map[string]float64, r *rowData) {
	m["host.interrupts_per_second"] = float64(n) / r.window.Seconds()
}
