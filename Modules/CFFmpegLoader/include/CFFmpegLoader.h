// Nothing to see: the functions are declared by FFmpeg's own headers, in CFFmpeg. See CFFmpegLoader.c.
#pragma once
