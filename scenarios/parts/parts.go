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

// All plans the features of a placement, in the order in which their parts add to a simulation.
var All = []trial.Maker{
	trial.Plain(devices.NewLayout),
	trial.Plain(connections.NewConnections),
	attacks.New,
	trial.Plain(services.NewServices),
	workloads.New,
	software.New,
	trial.Plain(queues.NewTrafficManager),
	trial.Plain(devices.NewKeys),
	trial.Plain(devices.NewInterrupts),
	trial.Plain(energy.New),
	trial.Plain(cost.NewCosts),
	trial.Plain(openflows.NewOpenFlows),
}
