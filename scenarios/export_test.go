package scenarios

import (
	"flag"

	"github.com/dsnsim/dsnsim/scenarios/demand"
)

// Update has the tests of this package, inside and outside, rewrite what they compare with.
var Update = flag.Bool("update", false, "rewrite the wanted errors in testdata, schema.json and docs/scenario-keys.md")

// What tests outside the package look at.
var Kinds = kinds

const (
	MaxDuration  = maxDuration
	DefaultFlows = demand.DefaultFlows
)
