"""The script with which Redis gives each attempt at a job a higher epoch, for jobs without a store of their own."""

EPOCH = """
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
local version = tonumber(string.match(redis.call('GET', KEYS[2]) or '', '"version":(%d+)') or 0)
local epoch = math.max(tonumber(time[1]), last + 1, math.floor(version / ARGV[1]) + 1)
redis.pcall('SET', KEYS[1], epoch, 'EX', ARGV[2])
return epoch
"""
"""Returns the seconds since 1970 by the server's clock, or one more than the last epoch if that is higher.

The stored status counts as well: an attempt that could not reach Redis took its epoch from the clock of its machine.
The clock alone is enough when the key has expired, because it has moved on by more than epochs were ahead of it. A
server that refuses writes still answers."""
