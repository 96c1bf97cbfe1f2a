// Reactor: one epoll loop a thread, and the TCP connections on it.
//
// It is our own because it is the data plane that is being measured: it serves small requests at less
// CPU than a general event library, it can splice a file into a socket through a pipe of its own size,
// and it pins cleanly. A tick is: wait, take posted work, fire timers, let ready connections read once
// each, run the tick handlers (a broker writes its log there), send. What a connection received stays
// where it is until the tick is over, so that nothing is copied between the socket and the log.
//
//   Loop · Loop+Tick · Timer          the thread's turn
//   ReceiveMemory · FrameMemory · MemoryBudget   where received bytes lie, and how many there may be
//   FramedConnection · +Receive · +Discard · +Send · +Transfer   frames in; byte and file ranges out
//   PipePool                          the pipes that splice needs
//   Listener                          accepts, and survives running out of descriptors
