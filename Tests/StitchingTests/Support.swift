import Stitching
