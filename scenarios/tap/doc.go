// Package tap records what passes the DSN of a run and writes it as capture files: the tenants' frames on the VM's side,
// the tunnelled ones on the network's, and those that were lost.
//
// The simulator knows sizes, times and flows only. A Recorder keeps them for the packets that pass, and their bytes are
// made when the files are written: from the capture that was replayed, or made up, and put into the chain's tunnels.
package tap
