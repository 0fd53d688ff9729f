package run

// newParts lists the features of a job. The order is that in which they add to it.
func newParts(j *job) []part {
	var list []part
	for _, make := range []func(*job) part{newConnections, newAttacks, newServices, newWorkloads, newSoftware, newTrafficManager, newKeys, newInterrupts, newSupply, newCosts,
		newOpenFlows} {
		if p := make(j); p != nil {
			list = append(list, p)
		}
	}
	return list
}
