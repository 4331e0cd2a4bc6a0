/// The text of ``example()``; its numbers were checked with an independent program.
let golden = """
    Experiment cadence/2026-11
    A shorter reel is completed more often
    Runs since 2026-11-02 08:00 UTC; looked at on 2026-11-14 08:00 UTC.

    Completion is higher with 'shorter': between +2.1 and +4.3 points. This may be concluded.
    Completion with 'bold': between −0.5 and +2.1 points. Nothing may be concluded yet.
    Skip rate is higher with 'shorter': between +1.2 and +2.9 points. This may be concluded.
    Skip rate with 'bold': between −1.5 and +0.6 points. Nothing may be concluded yet.
    Number of plays per reel with 'shorter': between −0.006 and +0.017. Nothing may be concluded yet.
    Number of plays per reel is higher with 'bold': between +0.010 and +0.040. This may be concluded.
    Rebuffering with 'shorter': between −0.10 and +0.10 points. Nothing may be concluded yet.
    Rebuffering: not enough viewers yet: 640 of 1,000 in 'bold'.

    The split is as meant: 40,100 to 39,950 to 19,990, where 40,016 to 40,016 to 20,008 were meant. (p 0.8601)

    Completion (primary)
      arm      viewers   value   points  95 % interval         p  corrected
      now       40,100  50.0 %  control
      shorter   39,950  53.2 %     +3.2   +2.1 to +4.3  < 0.0001   < 0.0001
      bold      19,990  50.8 %     +0.8   −0.5 to +2.1    0.6519          1

    Skip rate
      arm      viewers   value   points  95 % interval         p  corrected
      now       40,100  20.0 %  control
      shorter   39,950  22.0 %     +2.0   +1.2 to +2.9  < 0.0001   < 0.0001
      bold      19,990  19.5 %     −0.5   −1.5 to +0.6         1          1

    Number of plays per reel
      arm      viewers  value  difference     95 % interval         p  corrected
      now       40,100   0.30     control
      shorter   39,950   0.31      +0.005  −0.006 to +0.017         1          1
      bold      19,990   0.33      +0.025  +0.010 to +0.040  < 0.0001   < 0.0001

    Rebuffering
      arm      viewers   value   points   95 % interval  p  corrected
      now       40,100  0.15 %  control
      shorter   39,950  0.15 %     0.00  −0.10 to +0.10  1          1
      bold         640  0.31 %        –               –  –          –

    Each interval holds the true difference with 95 % confidence, however often one looks.
    The corrected p allows for there being 8 comparisons.

    """
