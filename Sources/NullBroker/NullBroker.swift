// The opposite of a broker: answers at once and keeps nothing (the generator's ceiling), or misbehaves on request (what the audit must catch).
