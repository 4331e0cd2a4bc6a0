// Loads FFmpeg's libraries when the first of their functions is called, and not when the process starts.
//
// Debian's libav* pull in some 180 shared objects: linking them takes a process about 45 ms and 10 MB of memory, several times
// what it takes to stitch a reel, which needs none of them. Each function below has FFmpeg's own prototype (the compiler
// holds it against the headers), looks up its namesake once, and passes the call on. All are hidden, so that FFmpeg's own
// calls of them are not caught.

#include "../CFFmpeg/shim.h"

#define LOADED_NAME "FFmpeg"
#include "../Loading/forward.h"

#define STRING_OF(value) #value
#define STRING(value) STRING_OF(value)
// The name with the major version of the headers that this was compiled with: another one has other structures.
#define LIBRARY(name, NAME) "lib" #name ".so." STRING(LIB##NAME##_VERSION_MAJOR)

static const char *const AVUTIL = LIBRARY(avutil, AVUTIL);
static const char *const SWRESAMPLE = LIBRARY(swresample, SWRESAMPLE);
static const char *const SWSCALE = LIBRARY(swscale, SWSCALE);
static const char *const AVCODEC = LIBRARY(avcodec, AVCODEC);
static const char *const AVFORMAT = LIBRARY(avformat, AVFORMAT);
static const char *const AVFILTER = LIBRARY(avfilter, AVFILTER);

// libavutil

FORWARD(AVUTIL, int, av_channel_layout_copy, (AVChannelLayout *dst, const AVChannelLayout *src), (dst, src))
FORWARD(AVUTIL, void, av_channel_layout_default,
        (AVChannelLayout *ch_layout, int nb_channels),
        (ch_layout, nb_channels))
FORWARD(AVUTIL, void, av_channel_layout_uninit, (AVChannelLayout *channel_layout), (channel_layout))
FORWARD(AVUTIL, void, av_dict_free, (AVDictionary **m), (m))
FORWARD(AVUTIL, AVDictionaryEntry *, av_dict_get,
        (const AVDictionary *m, const char *key, const AVDictionaryEntry *prev, int flags),
        (m, key, prev, flags))
FORWARD(AVUTIL, int, av_dict_set,
        (AVDictionary **pm, const char *key, const char *value, int flags),
        (pm, key, value, flags))
FORWARD(AVUTIL, double, av_display_rotation_get, (const int32_t matrix[9]), (matrix))
FORWARD(AVUTIL, AVFrame *, av_frame_alloc, (void), ())
FORWARD(AVUTIL, void, av_frame_free, (AVFrame **frame), (frame))
FORWARD(AVUTIL, int, av_frame_get_buffer, (AVFrame *frame, int align), (frame, align))
FORWARD(AVUTIL, AVFrameSideData *, av_frame_get_side_data,
        (const AVFrame *frame, enum AVFrameSideDataType type),
        (frame, type))
FORWARD(AVUTIL, int, av_frame_ref, (AVFrame *dst, const AVFrame *src), (dst, src))
FORWARD(AVUTIL, void, av_free, (void *ptr), (ptr))
FORWARD(AVUTIL, const char *, av_get_pix_fmt_name, (enum AVPixelFormat pix_fmt), (pix_fmt))
FORWARD(AVUTIL, int, av_image_get_linesize,
        (enum AVPixelFormat pix_fmt, int width, int plane),
        (pix_fmt, width, plane))
FORWARD(AVUTIL, int, av_log_format_line2,
        (void *ptr, int level, const char *fmt, va_list vl, char *line, int line_size, int *print_prefix),
        (ptr, level, fmt, vl, line, line_size, print_prefix))
FORWARD(AVUTIL, void, av_log_set_callback, (void (*callback)(void*, int, const char*, va_list)), (callback))
FORWARD(AVUTIL, void *, av_malloc, (size_t size), (size))
FORWARD(AVUTIL, struct AVMD5 *, av_md5_alloc, (void), ())
FORWARD(AVUTIL, void, av_md5_final, (struct AVMD5 *ctx, uint8_t *dst), (ctx, dst))
FORWARD(AVUTIL, void, av_md5_init, (struct AVMD5 *ctx), (ctx))
FORWARD(AVUTIL, void, av_md5_update, (struct AVMD5 *ctx, const uint8_t *src, size_t len), (ctx, src, len))
FORWARD(AVUTIL, int, av_opt_set,
        (void *obj, const char *name, const char *val, int search_flags),
        (obj, name, val, search_flags))
FORWARD(AVUTIL, int, av_pix_fmt_count_planes, (enum AVPixelFormat pix_fmt), (pix_fmt))
FORWARD(AVUTIL, const AVPixFmtDescriptor *, av_pix_fmt_desc_get, (enum AVPixelFormat pix_fmt), (pix_fmt))
FORWARD(AVUTIL, av_pixelutils_sad_fn, av_pixelutils_get_sad_fn,
        (int w_bits, int h_bits, int aligned, void *log_ctx),
        (w_bits, h_bits, aligned, log_ctx))
FORWARD(AVUTIL, int, av_strerror, (int errnum, char *errbuf, size_t errbuf_size), (errnum, errbuf, errbuf_size))

FORWARD(AVUTIL, const char *, av_version_info, (void), ())

// libswresample

FORWARD(SWRESAMPLE, int, swr_alloc_set_opts2,
        (struct SwrContext **ps, AVChannelLayout *out_ch_layout, enum AVSampleFormat out_sample_fmt, int
         out_sample_rate, AVChannelLayout *in_ch_layout, enum AVSampleFormat in_sample_fmt, int in_sample_rate,
         int log_offset, void *log_ctx),
        (ps, out_ch_layout, out_sample_fmt, out_sample_rate, in_ch_layout, in_sample_fmt, in_sample_rate,
         log_offset, log_ctx))
FORWARD(SWRESAMPLE, int, swr_convert,
        (struct SwrContext *s, uint8_t **out, int out_count, const uint8_t **in, int in_count),
        (s, out, out_count, in, in_count))
FORWARD(SWRESAMPLE, void, swr_free, (struct SwrContext **s), (s))
FORWARD(SWRESAMPLE, int, swr_get_out_samples, (struct SwrContext *s, int in_samples), (s, in_samples))
FORWARD(SWRESAMPLE, int, swr_init, (struct SwrContext *s), (s))

// libswscale

FORWARD(SWSCALE, void, sws_freeContext, (struct SwsContext *swsContext), (swsContext))
FORWARD(SWSCALE, struct SwsContext *, sws_getContext,
        (int srcW, int srcH, enum AVPixelFormat srcFormat, int dstW, int dstH, enum AVPixelFormat dstFormat, int
         flags, SwsFilter *srcFilter, SwsFilter *dstFilter, const double *param),
        (srcW, srcH, srcFormat, dstW, dstH, dstFormat, flags, srcFilter, dstFilter, param))
FORWARD(SWSCALE, int, sws_scale_frame, (struct SwsContext *c, AVFrame *dst, const AVFrame *src), (c, dst, src))

// libavcodec

FORWARD(AVCODEC, AVPacket *, av_packet_alloc, (void), ())
FORWARD(AVCODEC, void, av_packet_rescale_ts, (AVPacket *pkt, AVRational source, AVRational target), (pkt, source, target))
FORWARD(AVCODEC, void, av_packet_free, (AVPacket **pkt), (pkt))
FORWARD(AVCODEC, uint8_t *, av_packet_get_side_data,
        (const AVPacket *pkt, enum AVPacketSideDataType type, size_t *size),
        (pkt, type, size))
FORWARD(AVCODEC, AVCodecContext *, avcodec_alloc_context3, (const AVCodec *codec), (codec))
FORWARD(AVCODEC, const AVCodec *, avcodec_find_decoder, (enum AVCodecID id), (id))
FORWARD(AVCODEC, const AVCodec *, avcodec_find_encoder_by_name, (const char *name), (name))
FORWARD(AVCODEC, void, avcodec_flush_buffers, (AVCodecContext *avctx), (avctx))
FORWARD(AVCODEC, void, avcodec_free_context, (AVCodecContext **avctx), (avctx))
FORWARD(AVCODEC, const AVClass *, avcodec_get_class, (void), ())
FORWARD(AVCODEC, const char *, avcodec_get_name, (enum AVCodecID id), (id))
FORWARD(AVCODEC, int, avcodec_open2,
        (AVCodecContext *avctx, const AVCodec *codec, AVDictionary **options),
        (avctx, codec, options))
FORWARD(AVCODEC, AVCodecParameters *, avcodec_parameters_alloc, (void), ())
FORWARD(AVCODEC, void, avcodec_parameters_free, (AVCodecParameters **par), (par))
FORWARD(AVCODEC, int, avcodec_parameters_from_context,
        (AVCodecParameters *par, const AVCodecContext *codec),
        (par, codec))
FORWARD(AVCODEC, int, avcodec_parameters_to_context,
        (AVCodecContext *codec, const AVCodecParameters *par),
        (codec, par))
FORWARD(AVCODEC, int, avcodec_receive_frame, (AVCodecContext *avctx, AVFrame *frame), (avctx, frame))
FORWARD(AVCODEC, int, avcodec_receive_packet, (AVCodecContext *avctx, AVPacket *avpkt), (avctx, avpkt))
FORWARD(AVCODEC, int, avcodec_send_frame, (AVCodecContext *avctx, const AVFrame *frame), (avctx, frame))
FORWARD(AVCODEC, int, avcodec_send_packet, (AVCodecContext *avctx, const AVPacket *avpkt), (avctx, avpkt))

// libavformat

FORWARD(AVFORMAT, AVRational, av_guess_sample_aspect_ratio,
        (AVFormatContext *format, AVStream *stream, AVFrame *frame),
        (format, stream, frame))
FORWARD(AVFORMAT, int, av_read_frame, (AVFormatContext *s, AVPacket *pkt), (s, pkt))
FORWARD(AVFORMAT, int, av_seek_frame,
        (AVFormatContext *s, int stream_index, int64_t timestamp, int flags),
        (s, stream_index, timestamp, flags))
FORWARD(AVFORMAT, uint8_t *, av_stream_get_side_data,
        (const AVStream *stream, enum AVPacketSideDataType type, size_t *size),
        (stream, type, size))
FORWARD(AVFORMAT, int, av_write_frame, (AVFormatContext *s, AVPacket *pkt), (s, pkt))
FORWARD(AVFORMAT, int, av_interleaved_write_frame, (AVFormatContext *s, AVPacket *pkt), (s, pkt))
FORWARD(AVFORMAT, int, av_write_trailer, (AVFormatContext *s), (s))
FORWARD(AVFORMAT, AVFormatContext *, avformat_alloc_context, (void), ())
FORWARD(AVFORMAT, int, avformat_alloc_output_context2,
        (AVFormatContext **ctx, const AVOutputFormat *oformat, const char *format_name, const char *filename),
        (ctx, oformat, format_name, filename))
FORWARD(AVFORMAT, void, avformat_close_input, (AVFormatContext **s), (s))
FORWARD(AVFORMAT, int, avformat_find_stream_info, (AVFormatContext *ic, AVDictionary **options), (ic, options))
FORWARD(AVFORMAT, void, avformat_free_context, (AVFormatContext *s), (s))
FORWARD(AVFORMAT, const AVClass *, avformat_get_class, (void), ())
FORWARD(AVFORMAT, AVStream *, avformat_new_stream, (AVFormatContext *s, const AVCodec *c), (s, c))
FORWARD(AVFORMAT, int, avformat_open_input,
        (AVFormatContext **ps, const char *url, const AVInputFormat *fmt, AVDictionary **options),
        (ps, url, fmt, options))
FORWARD(AVFORMAT, int, avformat_write_header, (AVFormatContext *s, AVDictionary **options), (s, options))
FORWARD(AVFORMAT, AVIOContext *, avio_alloc_context,
        (unsigned char *buffer, int buffer_size, int write_flag, void *opaque, int (*read_packet)(void *opaque,
         uint8_t *buf, int buf_size), int (*write_packet)(void *opaque, uint8_t *buf, int buf_size), int64_t
         (*seek)(void *opaque, int64_t offset, int whence)),
        (buffer, buffer_size, write_flag, opaque, read_packet, write_packet, seek))
FORWARD(AVFORMAT, int, avio_closep, (AVIOContext **s), (s))
FORWARD(AVFORMAT, void, avio_context_free, (AVIOContext **s), (s))
FORWARD(AVFORMAT, int, avio_open, (AVIOContext **s, const char *url, int flags), (s, url, flags))

// libavfilter

FORWARD(AVFILTER, int, av_buffersink_get_frame, (AVFilterContext *ctx, AVFrame *frame), (ctx, frame))
FORWARD(AVFILTER, int, av_buffersrc_add_frame_flags,
        (AVFilterContext *buffer_src, AVFrame *frame, int flags),
        (buffer_src, frame, flags))
FORWARD(AVFILTER, const AVFilter *, avfilter_get_by_name, (const char *name), (name))
FORWARD(AVFILTER, AVFilterGraph *, avfilter_graph_alloc, (void), ())
FORWARD(AVFILTER, AVFilterContext *, avfilter_graph_alloc_filter,
        (AVFilterGraph *graph, const AVFilter *filter, const char *name),
        (graph, filter, name))
FORWARD(AVFILTER, int, avfilter_graph_config, (AVFilterGraph *graphctx, void *log_ctx), (graphctx, log_ctx))
FORWARD(AVFILTER, void, avfilter_graph_free, (AVFilterGraph **graph), (graph))
FORWARD(AVFILTER, int, avfilter_init_str, (AVFilterContext *ctx, const char *args), (ctx, args))
FORWARD(AVFILTER, int, avfilter_link,
        (AVFilterContext *src, unsigned srcpad, AVFilterContext *dst, unsigned dstpad),
        (src, srcpad, dst, dstpad))
