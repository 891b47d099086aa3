--[[ Stores a ban that was made while Redis was away, or that Redis has lost; a longer one that is there stays.
  KEYS[1] bans (hash: subject → JSON)    KEYS[2] version of the bans
  ARGV[1] subject    ARGV[2] ban as JSON
  Output: 1 stored | 0 not needed ]]
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and cjson.decode(known)['until'] >= cjson.decode(ARGV[2])['until'] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[2])
return 1
