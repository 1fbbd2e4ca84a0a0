-- The last line wrk prints: requests, microseconds, p50 and p99 in microseconds, errors, bytes.
function done(summary, latency, requests)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format("%d %d %d %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), failed, summary.bytes))
end
