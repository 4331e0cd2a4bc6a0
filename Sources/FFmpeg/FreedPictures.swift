internal import CFFmpeg

/// What becomes of the memory of pictures.
public enum FreedPictures {
    /// From here on the process gives pictures back to the system when they are freed. Else glibc keeps them in the heaps of the
    /// threads that made them: a third more memory where several encoders work side by side. Called once, by a program.
    public static func goBackToTheSystem() { mallopt(M_MMAP_THRESHOLD, 1 << 20) }
}
