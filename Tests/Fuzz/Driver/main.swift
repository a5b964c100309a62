// One reader under libFuzzer: FUZZ_TARGET names it, the arguments are libFuzzer's.
import CFuzzer
import FuzzInputs

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

guard let name = getenv("FUZZ_TARGET").map({ String(cString: $0) }), FuzzTarget(rawValue: name) != nil else {
  print("FUZZ_TARGET is to be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
  exit(64)
}
var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
let status = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
  let input = [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  guard let target = getenv("FUZZ_TARGET").flatMap({ FuzzTarget(rawValue: String(cString: $0)) }) else { return -1 }
  do {
    try target.run(input)
  } catch {
    print("finding: \(error)")
    abort()
  }
  return 0
}
exit(status)
