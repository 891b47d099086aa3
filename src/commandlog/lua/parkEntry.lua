--[[ Delivers an entry that could not be read once more, or, when that was done often enough, moves it out of the way.
  KEYS[1] stream    KEYS[2] stream of parked entries
  ARGV[1] group    ARGV[2] consumer    ARGV[3] entry id    ARGV[4] deliveries after which it is parked
  ARGV[5] what is wrong with it    ARGV[6] parked entries kept, about
  Output: again | parked | gone ]]
local stream, group, id = KEYS[1], ARGV[1], ARGV[3]
local pending = redis.call('XPENDING', stream, group, id, id, 1)
if #pending == 0 then return 'gone' end
if pending[1][4] < tonumber(ARGV[4]) then
  redis.call('XCLAIM', stream, group, ARGV[2], 0, id)
  return 'again'
end
local entry = redis.call('XRANGE', stream, id, id)[1]
if entry then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'entry', id, 'reason', ARGV[5], unpack(entry[2])) end
redis.call('XACK', stream, group, id)
return entry and 'parked' or 'gone'
