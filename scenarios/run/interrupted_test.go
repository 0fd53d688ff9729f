package run

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A run that is interrupted while the open flows of many servers are entered ends at once: entering all takes far longer than this.
func TestInterruptedBeforeTheFirstPacket(t *testing.T) {
	s := scenario(t, `version: 1
rack: {servers: 16}
services: [{firewall: {stateful: true}}, route]
traffic: [{sizes: 64B, load: 60%, flows: {concurrent: 1M}}]
run: {duration: 1s}
placements: [nic]
`)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, _, err := Scenario(ctx, s, Options{Jobs: 1, TraceSeq: -1})
	assert.Error(t, err)
	assert.Less(t, time.Since(began), 8*time.Second)
}
