package experiments

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Commands that set loads refuse connections.
func TestClosedLoopsHaveNoLoad(t *testing.T) {
	s := scenario(t, plainRack, "traffic=[{name: a, sizes: 1518B, direction: inbound, tcp: {connections: 10}}]")
	_, err := arithmetic.Explain(s)
	var input scenarios.InputError
	require.ErrorAs(t, err, &input)
	assert.Contains(t, input.Msg, "connections (tcp)")
	_, err = Throughput(context.Background(), s, ThroughputSpec{}, run.Options{})
	assert.ErrorAs(t, err, &input)
	_, err = Power(context.Background(), s, nil, run.Options{})
	assert.ErrorAs(t, err, &input)
	assert.NotEmpty(t, fmt.Sprint(err))
}

// What looks at packets only says so.
func TestCommandsThatNeedTraffic(t *testing.T) {
	s := scenario(t, strings.Replace(plainRack, "traffic: [{name: a, sizes: 400B, load: 100%, arrivals: constant}]", "workloads: [{name: w, rdma: read, size: 64B}]", 1))
	_, err := arithmetic.Explain(s)
	assert.ErrorContains(t, err, "explain needs traffic")
	_, err = Power(context.Background(), s, nil, run.Options{})
	assert.ErrorContains(t, err, "power needs traffic")
}
