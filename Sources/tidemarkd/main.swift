// tidemarkd: the broker as a process. Only what is measured is linked into it.
internal import Glibc

exit(Tidemarkd.run(Array(CommandLine.arguments.dropFirst())))
