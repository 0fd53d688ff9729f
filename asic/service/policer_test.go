package service

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A meter's entry is two buckets of 40 bits and a time stamp of 48: it takes as many blocks as that says.
func TestAMeterTakesTwoBucketsAndATime(t *testing.T) {
	assert.Equal(t, 2*40+48, meters(0)[0].ActionBits)
	declared := Declare([]Service{{Name: "policer", Tables: meters(0)}}, &Sizes{Tenants: 8, Meters: []int64{1000}})
	require.Equal(t, "meter", declared[0].Name)
	assert.Equal(t, 128, declared[0].ActionBits)
	assert.Equal(t, class+tenantBits, declared[0].KeyBits)
	assert.True(t, declared[0].Stateful)
}
