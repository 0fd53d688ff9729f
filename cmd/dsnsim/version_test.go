package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheVersionComesFromTheBuild(t *testing.T) {
	for _, c := range []struct{ linked, recorded, want string }{
		{"v1.2.3", "v0.0.0-20261129134822-9e5de4b0cafe", "v1.2.3"},
		{"", "v0.0.0-20261129134822-9e5de4b0cafe+dirty", "v0.0.0-20261129134822-9e5de4b0cafe+dirty"},
		{"", "(devel)", "devel"},
		{"", "", "devel"},
	} {
		assert.Equal(t, c.want, versionOf(c.linked, c.recorded))
	}
}
