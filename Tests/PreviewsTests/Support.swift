import Previews
