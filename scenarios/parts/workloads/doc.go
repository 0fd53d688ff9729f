// Package workloads is the part for RDMA and NVMe.
package workloads
