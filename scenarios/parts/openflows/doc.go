// Package openflows is the part that shows flows which are open when a run begins to what keeps flows.
package openflows
