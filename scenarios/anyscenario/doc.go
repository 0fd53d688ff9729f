// Package anyscenario is a test of the whole simulator: it makes scenarios up from the schema, whatever a user could write, far
// beyond what its parts carry, and checks what must hold for all of them. The tests say what that is.
//
//	go test ./scenarios/anyscenario                                            # 200 of them
//	DSNSIM_ANY=20000 go test ./scenarios/anyscenario -timeout 0                # more, from the first on
//	DSNSIM_ANY=1 DSNSIM_ANY_FROM=1234 go test ./scenarios/anyscenario -v       # number 1234 again
//
// A scenario that fails is printed as YAML, without the lines that it fails without as well.
package anyscenario
