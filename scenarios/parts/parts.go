package parts

import (
	"github.com/dsnsim/dsnsim/scenarios/parts/attacks"
	"github.com/dsnsim/dsnsim/scenarios/parts/connections"
	"github.com/dsnsim/dsnsim/scenarios/parts/cost"
	"github.com/dsnsim/dsnsim/scenarios/parts/devices"
	"github.com/dsnsim/dsnsim/scenarios/parts/energy"
	"github.com/dsnsim/dsnsim/scenarios/parts/openflows"
	"github.com/dsnsim/dsnsim/scenarios/parts/queues"
	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/parts/software"
	"github.com/dsnsim/dsnsim/scenarios/parts/workloads"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// AllParts makes the features of a job, in the order in which they add to it; nil is one that the scenario does not have.
var AllParts = []func(*trial.Job) trial.Part{
	connections.NewConnections,
	attacks.NewAttacks,
	services.NewServices,
	workloads.NewWorkloads,
	software.NewSoftware,
	queues.NewTrafficManager,
	devices.NewKeys,
	devices.NewInterrupts,
	energy.NewSupply,
	cost.NewCosts,
	openflows.NewOpenFlows,
}
