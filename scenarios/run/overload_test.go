package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

type overload struct {
	placement, slot, sizes, direction, more string
}

func TestExplore(t *testing.T) {
	for _, c := range []overload{
		{"nic", "{gen: 3, lanes: 4}", "imix", "both", ""},
{"nic", "{gen: 3, lanes: 8}", "imix", "both", ""},
	{"nic", "{gen: 3, lanes: 8}", "64B", "both", ""},
		{"nic", "{gen: 4, lanes: 4}", "64B", "both", ""},
		{"nic", "{gen: 3, lanes: 8}", "64B", "inbound", ""},
		{"nic", "{gen: 3, lanes: 8}", "64B", "outbound", ""},
		{"nic", "{gen: 3, lanes: 4}", "imix", "both", ""},
		{"nic", "{gen: 4, lanes: 1}", "1518B", "both", ""},
		{"nic", "{gen: 4, lanes: 4, iommu: true, page: 4KiB}", "256B", "both", ""},
		{"software", "{gen: 4, lanes: 16}", "64B", "inbound", ",cores: 2"},
		{"software", "{gen: 4, lanes: 16}", "64B", "both", ",cores: 4"},
		{"software", "{gen: 4, lanes: 1}", "9218B", "both", ",cores: 8"},
		{"software", "{gen: 3, lanes: 1}", "64B", "both", ",cores: 31, batch: 32"},
		{"bump-in-the-wire", "{gen: 3, lanes: 4}", "200B", "both", ""},
		{"tor", "{gen: 3, lanes: 8}", "64B", "both", ""},
		{"appliance", "{gen: 3, lanes: 2}", "imix", "both", ""},
	} {
		for _, arr := range []string{"poisson"} {
			for _, load := range []int{25, 50, 75, 100, 150, 300} {
				text := fmt.Sprintf(`version: 1
name: overload
rack:
  server: {cores: 32, vms: 4, pcie: %s, nic: {rate: 100Gbps}}
  uplink: 400Gbps
dsn: {profile: reference-100g, software: {cores: 4%s}}
services: [route]
traffic:
 - {name: a, sizes: %s, load: %g%%, direction: %s, arrivals: %s}
 - {name: b, sizes: %s, load: %g%%, direction: %s, arrivals: %s}
run: {duration: 3ms, warmup: 1ms, seed: 1}
placements: [%s]
`, c.slot, "", c.sizes, float64(load)/2, c.direction, arr, c.sizes, float64(load)/2, c.direction, arr, c.placement)
				var sets []string
				if c.more != "" {
					sets = append(sets, "dsn.software={"+c.more[1:]+"}")
				}
				s := scenario(t, text, sets...)
				r, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1})
				if err != nil {
					fmt.Println(c, load, err)
					continue
				}
				require.NoError(t, err)
				line := fmt.Sprint(c, " ", load, "% ")
				for i := range r.Results {
					x := &r.Results[i]
					if x.Class != "all" {
						continue
					}
					if x.Status != "ok" {
						line += fmt.Sprint(x.Status, x.Reasons)
					}
					line += fmt.Sprintf(" %s %.2f/%.2f", x.Direction, x.Metrics["throughput.gbps"], x.Metrics["offered.gbps"])
					if x.Direction == "all" {
						for k, v := range x.Metrics {
							if len(k) > 5 && k[:5] == "drops" && v > 0 {
								line += fmt.Sprintf(" %s=%.0f", k, v)
							}
						}
					}
				}
				fmt.Println(line)
			}
		}
	}
}
