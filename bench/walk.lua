-- Sends prepared requests, all of one length, each once: the file and the length are arguments.
-- A third one is a mean number of milliseconds to wait before each, at random as visitors do.
dofile(debug.getinfo(1).source:match("@(.*/)") .. "summary.lua")

local requests, sent = {}, 0

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   local length, wait = tonumber(arguments[2]), tonumber(arguments[3])
   for prepared in function() return file:read(length) end do
      requests[#requests + 1] = prepared
   end
   file:close()
   if wait then
      delay = function() return -wait * math.log(1 - math.random()) end
   end
end

function request()
   sent = sent + 1
   return requests[sent] or error("all prepared requests have been sent")
end
