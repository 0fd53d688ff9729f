// Package parts lists the features that a simulation may have.
package parts
