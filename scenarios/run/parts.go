package run

// allParts makes the features of a job, in the order in which they add to it; nil is one that the scenario does not have.
var allParts = []func(*job) part{
	newConnections,
	newAttacks,
	newServices,
	newWorkloads,
	newSoftware,
	newTrafficManager,
	newKeys,
	newInterrupts,
	newSupply,
	newCosts,
	newOpenFlows,
}
