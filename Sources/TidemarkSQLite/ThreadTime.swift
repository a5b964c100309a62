// How much of the processor this thread has used: a bound on work must not depend on what else the machine does.
internal import CTidemarkSQLite

/// The processor's time of the thread that asks.
package enum ThreadTime {
  /// In microseconds, from somewhere; 0 where the system cannot tell.
  package static var microseconds: Int64 { tidemark_thread_microseconds() }
}
